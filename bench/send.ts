/** Runs the sender as a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SenderReport, SenderTask } from './sender.ts';

export function send(task: SenderTask): Promise<SenderReport> {
  const sender = fileURLToPath(new URL('./sender.ts', import.meta.url));
  const child = spawn(process.execPath, [sender, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.on('exit', (code) =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`sender ended with ${code}`)),
    );
  });
}
