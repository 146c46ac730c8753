/**
 * Light or dark. The system decides until the reader does; the choice is kept in the browser and
 * read again by the script in app.html before the first paint. A choice equal to the system's is
 * no choice: it is forgotten, so that the page follows the system again.
 */

export type Theme = 'light' | 'dark';

const KEY = 'pagewalk:theme';

class ThemeChoice {
  #system = $state<Theme>('light');
  #chosen = $state<Theme | null>(null);

  /** Whether the reader chose here, on this page. */
  changed = $state(false);

  get current(): Theme {
    return this.#chosen ?? this.#system;
  }

  /** What the reader chose; null while the system decides. */
  get chosen(): Theme | null {
    return this.#chosen;
  }

  /** Starts to follow the system; returns what ends it. */
  start(): () => void {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => {
      this.#system = query.matches ? 'dark' : 'light';
    };
    follow();
    const { theme } = document.documentElement.dataset;
    this.#chosen = theme === 'light' || theme === 'dark' ? theme : null;
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }

  choose(theme: Theme): void {
    this.changed = true;
    this.#chosen = theme === this.#system ? null : theme;
    if (this.#chosen === null) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.#chosen;
    try {
      if (this.#chosen === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, this.#chosen);
    } catch {
      // Storage is blocked: the choice holds for this page.
    }
  }
}

export const theme = new ThemeChoice();
