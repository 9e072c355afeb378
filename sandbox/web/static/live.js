// The live line: server-sent events, taken up again by itself after a break.

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

/**
 * Keep the line open for ever. The line begins with what happens now, and `onOpen` loads the rest
 * at each (re)connection: so nothing is missed, even if the sandbox was started anew meanwhile and
 * counts its events from one again. Events that arrive during `onOpen` wait for it, so an older
 * answer never overwrites a newer event.
 *
 * @param {{onOpen: () => Promise<void>, onEvent: (event: object) => void,
 *          onState: (online: boolean) => void}} listener
 */
export function listen({ onOpen, onEvent, onState }) {
  let pause = FIRST_PAUSE_MS;

  function connect() {
    const source = new EventSource("/control/events");
    let waiting = [];

    function fail() {
      source.close();
      onState(false);
      setTimeout(connect, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    source.onopen = async () => {
      try {
        await onOpen();
      } catch {
        if (source.readyState !== EventSource.CLOSED) fail();
        return;
      }
      if (source.readyState === EventSource.CLOSED) return;
      pause = FIRST_PAUSE_MS;
      onState(true);
      const late = waiting;
      waiting = null;
      late.forEach(onEvent);
    };
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (waiting) waiting.push(event);
      else onEvent(event);
    };
    source.onerror = fail;
  }
  connect();
}
