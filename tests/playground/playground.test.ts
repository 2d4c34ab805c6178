import { afterEach, expect } from "vitest";
import { editing } from "./edit.ts";
import { fitting } from "./fit.ts";
import { playground } from "./support.ts";
import { takingAway } from "./takeaway.ts";

// One build and one browser for all.
const site = await playground();

afterEach(() => {
  expect(site.problems).toEqual([]);
});

fitting(site);
editing(site);
takingAway(site);
