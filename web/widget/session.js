/** The signed session: who this browser is to the service. One per browser, shared by all tabs. */
import { ApiError } from "./api.js";
import { alone } from "./store.js";

export class Session {
  /** The service's last answer, or null before there is one. */
  current = null;

  /** `describe()` gives language, page and, if the site knows its visitor, identity. `store` is shared by all tabs. */
  constructor(api, store, describe) {
    Object.assign(this, { api, store, describe });
  }

  /** Whether this browser has talked to the service before. */
  get known() {
    return Boolean(this.store.get("session"));
  }

  get token() {
    return this.current?.token;
  }

  /** Makes sure that there is a session. Throws `ApiError`. */
  async ensure() {
    this.current ??= await alone(`${this.store.prefix}session`, () => this.#open());
    return this.current;
  }

  /** The service refused the token: the next `ensure` asks for another. */
  expire() {
    this.current = null;
  }

  /** Forgets this visitor, for example when they sign out of the site. */
  forget() {
    this.current = null;
    this.store.remove("session");
  }

  async #open() {
    const { identity, ...rest } = this.describe();
    const kept = this.store.get("session");
    try {
      return this.#keep(await this.#post({ ...rest, token: kept?.token, identity }), identity?.user_id);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "identity_invalid" || !identity) throw error;
      console.error(`front-door-chat: ${error.message || "the identity hash is wrong"}; the visitor stays anonymous.`);
      // The conversation of a verified visitor is not shown to somebody whose identity failed.
      return this.#keep(await this.#post({ ...rest, token: kept?.user ? undefined : kept?.token }), "");
    }
  }

  #post(body) {
    return this.api.call("session", { method: "POST", body });
  }

  #keep(answer, user) {
    const kept = this.store.get("session");
    const owner = answer.verified ? user || kept?.user || "verified" : "";
    this.store.set("session", { token: answer.token, conversation: answer.conversation_id, user: owner });
    return answer;
  }
}
