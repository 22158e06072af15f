/**
 * What Kong's AI plugins add to a record: under the name of each plugin, `proxy` in newer releases, the model that was
 * asked and the tokens it used. Scalars become attributes, payloads stay in the record.
 */
import { number, object, text } from '../fields.ts';
import { objectOf } from '../reading.ts';

const figure = { attribute: true };

export const ai = object('What AI plugins add, by plugin.', {
  proxy: object('The AI proxy; other plugins, and older releases, put the same under a name of their own.', {
    meta: object('Which model answered.', {
      plugin_id: text('Id of the plugin.', figure),
      provider_name: text('Such as openai.', figure),
      request_model: text('Model that was asked for.', figure),
      response_model: text('Model that answered.', figure),
      llm_latency: number('Until the model had answered.', { unit: 'ms', attribute: true }),
    }),
    usage: object('What it used.', {
      prompt_tokens: number('Tokens of the question.', figure),
      completion_tokens: number('Tokens of the answer.', figure),
      total_tokens: number('Both.', figure),
      time_per_token: number('Time for each token of the answer.', { unit: 'ms', attribute: true }),
      cost: number('Cost by the prices of the configuration.', figure),
    }),
    cache: object('What the semantic cache did.', {
      cache_status: text('Such as Hit.', figure),
      vector_db: text('Such as redis.', figure),
      embeddings_provider: text('Provider of the embeddings.', figure),
      embeddings_model: text('Model of the embeddings.', figure),
    }),
    payload: object('Question and answer, when the plugin logs them.'),
  }),
});

const containers = ['meta', 'usage', 'cache'] as const;

/** Adds the scalars of every plugin under their paths. */
export function addAiAttributes(value: unknown, attributes: Record<string, string>): void {
  const plugins = objectOf(value);
  for (const plugin in plugins)
    for (const container of containers) {
      const members = objectOf(objectOf(plugins[plugin])[container]);
      for (const name in members) {
        const member = members[name];
        if (member !== null && typeof member !== 'object')
          attributes[`ai.${plugin}.${container}.${name}`] = String(member);
      }
    }
}
