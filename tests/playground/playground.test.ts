import { afterEach, expect } from "vitest";
import { editing } from "./edit.ts";
import { fitting } from "./fit.ts";
import { glimpsing } from "./glimpses.ts";
import { picturing } from "./pictures.ts";
import { playground } from "./support.ts";
import { takingAway } from "./takeaway.ts";
import { training } from "./training.ts";

// One build and one browser for all.
const site = await playground();

afterEach(() => {
  expect(site.problems).toEqual([]);
});

fitting(site);
picturing(site);
editing(site);
takingAway(site);
training(site);
glimpsing(site);
