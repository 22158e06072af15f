/** Reads server-sent events from a response, for tests. Source: WHATWG HTML, server-sent events. */

export interface Message {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** Messages in order until the server ends the stream; a comment is a message `comment`. */
export async function* messagesOf(response: Response): AsyncGenerator<Message, void> {
  if (response.body === null) throw new Error('the response has no body');
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) yield messageOf(block);
  }
}

function messageOf(block: string): Message {
  const lines = block.split('\n');
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field('data');
  return {
    event: field('event') ?? 'comment',
    id: field('id'),
    data: data === undefined ? lines.join('\n') : JSON.parse(data),
  };
}

/** The first `count` messages that are no comments. */
export async function take(messages: AsyncGenerator<Message>, count: number): Promise<Message[]> {
  const taken: Message[] = [];
  while (taken.length < count) {
    const { value, done } = await messages.next();
    if (done === true) throw new Error(`the stream ended after ${taken.length} of ${count} messages`);
    if (value.event !== 'comment') taken.push(value);
  }
  return taken;
}
