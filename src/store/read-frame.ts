/**
 * Reads the frame of a question: its groups, others and totals over its range, and over the period before if it is to be
 * compared with that. The groups are those of its range in both.
 */
import type { Frame } from '../core/frame.ts';
import type { Clock } from '../core/ports.ts';
import type { QueryProblem } from '../core/query.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Ask, Range } from '../query/resolve.ts';
import { type AnswerRow, assembleFrame, type FrameBody } from './assemble.ts';
import {
  type CompileContext,
  compileAnswer,
  compileRanking,
  compileTop,
  type GroupKey,
  hasTopAtOnce,
  hasTotalsApart,
  type Statement,
  type TopRow,
} from './compile.ts';
import type { Run } from './run.ts';
import type { Source } from './source.ts';

interface Answer {
  readonly rows: readonly AnswerRow[];
  readonly source: Source['kind'];
}

/** The groups at the top, highest first; `more` when there are others. With the answer where that came with them. */
interface Top {
  readonly groups: readonly GroupKey[];
  readonly more: boolean;
  readonly answer?: Answer;
}

/** Cells of one answer: it is put together and written without a pause. */
const mostCells = 200_000;

/** Of each of the frames: buckets that are empty are filled in for every group. */
function cellsOf({ range, by, measures }: Ask, groups: number): number {
  const buckets = Math.max(1, (range.edges?.length ?? 0) - 1);
  return buckets * Math.max(1, groups) * (1 + by.length + measures.length);
}

export async function readFrame(
  run: Run,
  ask: Ask,
  context: CompileContext,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Result<Frame, QueryProblem>> {
  async function answerOver(
    range: Range,
    groups: readonly GroupKey[],
  ): Promise<Result<Answer, QueryProblem>> {
    const answer = compileAnswer(ask, range, groups, context);
    const statements: Statement[] = [answer];
    if (hasTotalsApart(ask))
      statements.push(compileAnswer({ ...ask, by: [] }, { from: range.from, to: range.to }, [], context));
    const rows: AnswerRow[] = [];
    for (const statement of statements) {
      const found = await run.cells<AnswerRow>(statement, signal);
      if (!found.ok) return found;
      rows.push(...found.value);
    }
    return ok({ rows, source: answer.source });
  }

  async function topAndAnswer(): Promise<Result<Top, QueryProblem>> {
    const statement = compileTop(ask, context);
    const found = await run.cells<TopRow>(statement, signal);
    if (!found.ok) return found;
    const places = found.value.filter(([isOverall]) => isOverall === 0).sort(([, a], [, b]) => a - b);
    return ok({
      groups: places.flatMap((row) => (row[2] === 1 ? [row.slice(3, 3 + ask.by.length) as GroupKey] : [])),
      more: places.some(([, , isTop]) => isTop === 0),
      answer: {
        rows: found.value.map(([isOverall, , ...cells]) => [isOverall, ...cells]),
        source: statement.source,
      },
    });
  }

  async function topGroups(): Promise<Result<Top, QueryProblem>> {
    if (ask.by.length === 0) return ok({ groups: [], more: false });
    const found = await run.cells<(string | number)[]>(compileRanking(ask, context), signal);
    if (!found.ok) return found;
    return ok({ groups: found.value.slice(0, ask.limit), more: found.value.length > ask.limit });
  }

  const { range, previous } = ask;
  const start = clock();
  const top = await (hasTopAtOnce(ask) ? topAndAnswer() : topGroups());
  if (!top.ok) return top;
  const { groups, more, answer } = top.value;
  const cells = cellsOf(ask, groups.length);
  if (cells > mostCells)
    return fail({
      kind: 'tooLarge',
      path: '',
      reason: `its answer would have ${cells} cells, at most ${mostCells} are given: ask for fewer groups or measures, or a coarser granularity`,
    });
  const [current, earlier] = await Promise.all([
    answer === undefined ? answerOver(range, groups) : ok(answer),
    previous && answerOver(previous, groups),
  ]);
  if (!current.ok) return current;
  if (earlier !== undefined && !earlier.ok) return earlier;
  const now = clock();
  const frame = (over: Range, found: Answer): FrameBody =>
    assembleFrame({ ask, range: over, groups, more, ...found, now, took: (now - start) / 1000 });
  return ok({
    ...frame(range, current.value),
    previous: previous && earlier ? frame(previous, earlier.value) : null,
  });
}
