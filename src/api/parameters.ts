/** Query parameters: those of a route, and the one that every route under /api knows. */
import Type, { type TProperties } from 'typebox';

/** An object of query parameters that knows no others, so that a mistyped one is named instead of ignored. */
export const parametersOf = <P extends TProperties>(parameters: P) =>
  Type.Object(
    {
      ...parameters,
      tenant: Type.Optional(
        Type.String({
          description: 'Tenant to act in: for sessions of an administrator alone; tokens have theirs.',
        }),
      ),
    },
    { additionalProperties: false },
  );
