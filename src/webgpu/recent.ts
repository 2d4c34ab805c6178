/** A map that keeps the entries asked for most recently and forgets the others. */
export class Recent<Key, Item> {
  readonly #items = new Map<Key, Item>();

  constructor(readonly capacity: number) {}

  get size(): number {
    return this.#items.size;
  }

  /** The item of a key, which then counts as the one asked for last; undefined where there is none. */
  get(key: Key): Item | undefined {
    const item = this.#items.get(key);
    if (item !== undefined) this.set(key, item);
    return item;
  }

  set(key: Key, item: Item): void {
    this.#items.delete(key);
    this.#items.set(key, item);
    if (this.#items.size <= this.capacity) return;
    const [oldest] = this.#items.keys();
    this.#items.delete(oldest!);
  }

  delete(key: Key): void {
    this.#items.delete(key);
  }

  clear(): void {
    this.#items.clear();
  }
}
