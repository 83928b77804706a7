// The message or view that blocks belong to: their values, and how clicks and values are sent.

import { Refused, attempt, call, store } from "./store.js";

const TYPING_PAUSE = 300;

const HOLDS = {
  static_select: "selected_option", external_select: "selected_option", radio_buttons: "selected_option",
  multi_static_select: "selected_options", multi_external_select: "selected_options", checkboxes: "selected_options",
  users_select: "selected_user", multi_users_select: "selected_users", channels_select: "selected_channel",
  conversations_select: "selected_conversation", datepicker: "selected_date", plain_text_input: "value", number_input: "value",
};
const START = { selected_option: "initial_option", selected_options: "initial_options", selected_user: "initial_user", selected_users: "initial_users", selected_channel: "initial_channel", selected_conversation: "initial_conversation", selected_date: "initial_date", value: "initial_value" };

export class Place {
  // `address` is {view} or {channel, ts}; `state` is Slack's state.values.
  constructor(address, state) {
    this.address = address;
    this.state = state;
    this.typed = new Map(); // values not sent yet: key to {send, timer}
    this.shown = new Map(); // the last value the person entered in each field
  }

  get inView() { return this.address.view !== undefined; }

  // The value of a field when it is drawn: what the person entered, or else what the server has.
  held(block, element) {
    const key = keyOf(block, element);
    if (this.shown.has(key)) return this.shown.get(key);
    const name = HOLDS[element.type];
    const entry = this.state[block.block_id]?.[element.action_id];
    return (entry ? entry[name] : element[START[name]]) ?? null;
  }

  press(block, element, { value = null, selected = null } = {}) {
    return this.flush().then(() => attempt("click", { ...this.#at(block, element), value, selected }));
  }

  // Sends a choice; `shown` is what `held` returns from now on. False if the server refused it.
  async choose(block, element, value, shown) {
    const key = keyOf(block, element);
    const before = this.shown.get(key);
    this.shown.set(key, shown);
    const verb = block.type === "input" ? "set_value" : "click";
    await this.flush();
    const answer = await attempt(verb, { ...this.#at(block, element), [verb === "click" ? "selected" : "value"]: value });
    if (answer === null) this.shown.set(key, before);
    return answer !== null;
  }

  // Sends typed text, a moment after the last key.
  type(block, element, value) {
    const key = keyOf(block, element);
    clearTimeout(this.typed.get(key)?.timer);
    this.shown.set(key, value);
    const send = () => attempt("set_value", { ...this.#at(block, element), value: value || null });
    const waits = element.type === "plain_text_input" && block.dispatch_action && !onEachKey(element);
    const timer = waits ? null : setTimeout(() => this.#send(key), TYPING_PAUSE);
    this.typed.set(key, { send, timer });
  }

  // Sends values that are still waiting, before a click or a submit.
  async flush() {
    await Promise.all([...this.typed.keys()].map((key) => this.#send(key)));
    await this.sending;
  }

  // Values are sent one after the other, so that an older one never overwrites a newer one.
  #send(key) {
    const waiting = this.typed.get(key);
    if (!waiting) return this.sending;
    clearTimeout(waiting.timer);
    this.typed.delete(key);
    this.sending = Promise.resolve(this.sending).then(waiting.send);
    return this.sending;
  }

  // The options of an external menu, in groups. Throws an Error whose message is shown in the list.
  async suggest(block, element, query) {
    try {
      const answer = await call("suggest", { ...this.#at(block, element), query });
      if (!answer.ok) throw new Refused("");
      return [{ label: null, options: answer.options }];
    } catch (error) {
      throw error instanceof Refused ? new Error(error.message || "Could not load the options. Try again.") : error;
    }
  }

  // The options of users, channels and conversations menus.
  offered(element) {
    const { people, rooms, reader } = store.world;
    if (element.type.includes("users")) {
      return [{ label: null, options: people.filter((each) => each.team === reader.team && !each.deleted).map((each) => option(each.name, each.id)) }];
    }
    const unshared = element.filter?.exclude_external_shared_channels;
    return [{ label: null, options: rooms.filter((each) => !(unshared && each.shared)).map((each) => option(`#${each.name}`, each.id)) }];
  }

  #at(block, element) {
    return { ...this.address, block_id: block.block_id, action_id: element.action_id };
  }
}

const option = (text, value) => ({ text: { type: "plain_text", text }, value });
const keyOf = (block, element) => `${block.block_id}\n${element.action_id}\n${element.type}`;
const onEachKey = (element) => element.dispatch_action_config?.trigger_actions_on?.includes("on_character_entered");

export const groupsOf = (element) =>
  element.option_groups?.map((group) => ({ label: group.label.text, options: group.options })) ?? [{ label: null, options: element.options ?? [] }];
