/** A mistake in the settings, said so that a person finds it. */
import type { Problem } from '../core/result.ts';

export interface SettingsProblem extends Problem {
  /** Absolute path of the file, or the name of the environment variable. */
  readonly file: string;
  /** 1-based; undefined where there is no line, as in the environment. */
  readonly line: number | undefined;
}

/** `gatescope.yaml:12: store.url: reason`, as editors and people read it. */
export const problemText = (problem: SettingsProblem): string =>
  [
    problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`,
    ...(problem.path === '' ? [] : [problem.path]),
    problem.reason,
  ].join(': ');
