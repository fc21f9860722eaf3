/** One state, changed by events through a pure function, with listeners. */

export interface StoreOf<State, Event> {
  readonly state: () => State;
  readonly send: (event: Event) => void;
  /** Call `listener` after every change, with the state before and after it. */
  readonly listen: (listener: (now: State, before: State) => void) => void;
}

export function storeOf<State, Event>(
  initial: State,
  reduce: (state: State, event: Event) => State,
): StoreOf<State, Event> {
  let state = initial;
  const listeners: ((now: State, before: State) => void)[] = [];
  return {
    state: () => state,
    send: (event) => {
      const before = state;
      state = reduce(state, event);
      if (state !== before) for (const listener of listeners) listener(state, before);
    },
    listen: (listener) => listeners.push(listener),
  };
}
