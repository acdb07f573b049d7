/** The number of unread messages in front of the page's title, as "(2) Shop". The page may change its title meanwhile. */

const PREFIX = /^\(\d+\+?\) /;

export class TitleBadge {
  #shown = false;

  show(count) {
    if (!count && !this.#shown) return;
    const own = this.#shown ? document.title.replace(PREFIX, "") : document.title;
    const title = count ? `(${count > 99 ? "99+" : count}) ${own}` : own;
    this.#shown = count > 0;
    if (document.title !== title) document.title = title;
  }
}
