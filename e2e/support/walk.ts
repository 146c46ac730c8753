import { expect, type Locator, type Page } from '@playwright/test';

/** Address of the lesson that most tests read. */
export const LESSON = 'en/lessons/ept-and-npt/';

/** The figure with its player, as a reader finds it: by what it says and what its parts are called. */
export class Walk {
  readonly page: Page;
  readonly region: Locator;
  readonly narration: Locator;
  readonly picture: Locator;
  readonly slider: Locator;

  constructor(page: Page) {
    this.page = page;
    this.region = page.getByRole('region', { name: 'Page walk' });
    this.narration = this.region.getByRole('status').first();
    this.picture = this.region.getByRole('group', { name: /of \d+ reads$/ });
    this.slider = this.region.getByRole('slider', { name: 'Step' });
  }

  /** Opens the lesson, with a walk in the address or without; returns when the machine runs. */
  async open(hash = ''): Promise<void> {
    await this.page.goto(LESSON + hash);
    await this.running();
  }

  async running(): Promise<void> {
    await expect(this.button('Play')).toBeEnabled();
  }

  button(name: 'To the start' | 'Step back' | 'Play' | 'Pause' | 'Step forward' | 'To the end') {
    return this.region.getByRole('toolbar', { name: 'Player' }).getByRole('button', { name });
  }

  /** One of the tools below the picture. */
  tool(name: string): Locator {
    return this.region.getByRole('button', { name, exact: true });
  }

  async position(): Promise<number> {
    return Number(await this.slider.inputValue());
  }

  async expectPosition(step: number): Promise<void> {
    await expect(this.slider).toHaveValue(String(step));
  }

  async length(): Promise<number> {
    return Number(await this.slider.getAttribute('max'));
  }

  prediction(question: RegExp): Locator {
    return this.page.getByRole('group', { name: /^Predict/ }).filter({ hasText: question });
  }

  /**
   * All that the figure shows and says at this step: its marks, their state and place, and its
   * words. What only shows how the step was reached, the travelling token, is not part of it.
   */
  async picturing(): Promise<string> {
    const drawn = await this.picture.getByRole('img').evaluate((svg) => {
      const copy = svg.cloneNode(true) as Element;
      copy.querySelectorAll('.token').forEach((token) => token.remove());
      return copy.outerHTML.replaceAll(/<!--.*?-->/g, '');
    });
    // The line of the picture itself would hold the token's number; its words are in the drawing.
    const said = (await this.region.ariaSnapshot()).replace(/^ *- '?img .*$/m, '');
    return `${drawn}\n${said}`;
  }
}
