import { parseDump, race, readRace, readRun, Workbench } from '@pagewalk/engine';
import type { Race, WalkScenario } from '@pagewalk/engine';
import { loadEngine, loadKvm } from '@pagewalk/engine/node';
import { LiveConsole, teachingHost } from '@pagewalk/engine/console';
import { workOf } from '@pagewalk/lessons/define.ts';
import { HostPlayer, fetchPrograms } from '@pagewalk/lessons/hosts/play.ts';
import type { OpenHost } from '@pagewalk/lessons/hosts/play.ts';
import { raceReaderOf, readerOf } from '@pagewalk/lessons/runs/reading.ts';
import type {
  HostLesson,
  RaceLesson,
  Read,
  ReadRace,
  RunLesson,
} from '@pagewalk/lessons/schema.ts';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FirstWalk } from '#lib/session/session.svelte.ts';

/** The Linux guest's tables; vite runs in `site/`. */
const DUMP = resolve('..', 'lessons', '05-ept-and-npt', 'linux-6.1-4level.json.gz');

async function start(): Promise<Workbench> {
  const bench = new Workbench(await loadEngine());
  const json = await promisify(gunzip)(await readFile(DUMP));
  bench.loadDump(parseDump(json.toString('utf8')));
  return bench;
}

let started: Promise<Workbench> | undefined;

/** The machine that runs while pages are made: what they say, it has computed. */
export const workbench = (): Promise<Workbench> => (started ??= start());

/** A walk with its evidence and registers, as a session begins with it. */
export async function firstWalk(scenario: WalkScenario): Promise<FirstWalk> {
  const bench = await workbench();
  return {
    scenario,
    translation: bench.run(scenario),
    registers: bench.registers(scenario),
  };
}

/** Reads the states of a lesson about a machine at work. */
export async function readings(lesson: RunLesson): Promise<Read> {
  const kvm = await loadKvm();
  return readerOf(lesson, (input, at) => readRun(kvm, input, at));
}

/** The same for a lesson about a race. */
export async function raceReadings(lesson: RaceLesson): Promise<ReadRace> {
  const kvm = await loadKvm();
  return raceReaderOf(lesson, (work) => readRace(kvm, work));
}

/** The race that a lesson begins with. */
export const firstRace = async (lesson: RaceLesson): Promise<Race> =>
  race(await loadKvm(), workOf(lesson, Object.keys(lesson.states)[0] ?? ''));

/** Plays the scripts of a lesson about a host. */
export async function hosts(lesson: HostLesson): Promise<HostPlayer> {
  const kvm = await loadKvm();
  const open: OpenHost = (setup) => new LiveConsole(kvm, teachingHost(setup));
  await fetchPrograms(open, lesson);
  return new HostPlayer(open, lesson.host, lesson.files);
}
