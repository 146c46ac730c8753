/**
 * The environment of the site's tests of runes: modules are compiled as for the browser and run in
 * Node without a DOM. What needs a DOM is tested in a real browser, by e2e.
 */
export default {
  name: 'client',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => undefined }),
};
