// In place of the demo's store: the gallery has a world to draw in, and no server behind it.

export class Refused extends Error {}

export const store = { world: null };

// What is pressed or filled in leads nowhere; it stays as it was chosen.
export const attempt = async () => ({ ok: true });

export async function call() {
  throw new Refused("The gallery has no server to ask.");
}
