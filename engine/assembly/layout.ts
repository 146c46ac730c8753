/** Where the fields of the records lie, for the other side of the border: generated, never copied. */
import { Event, Outcome } from './evidence';
import { Mapping } from './mappings';

export const EVENT_BYTES: u32 = <u32>offsetof<Event>();
export const EVENT_HPA: u32 = <u32>offsetof<Event>('hpa');
export const EVENT_VALUE: u32 = <u32>offsetof<Event>('value');
export const EVENT_SUBJECT: u32 = <u32>offsetof<Event>('subject');
export const EVENT_GPA: u32 = <u32>offsetof<Event>('gpa');
export const EVENT_TARGET: u32 = <u32>offsetof<Event>('target');
export const EVENT_PARENT: u32 = <u32>offsetof<Event>('parent');
export const EVENT_FROM: u32 = <u32>offsetof<Event>('from');
export const EVENT_KIND: u32 = <u32>offsetof<Event>('kind');
export const EVENT_TABLE: u32 = <u32>offsetof<Event>('table');
export const EVENT_LEVEL: u32 = <u32>offsetof<Event>('level');
export const EVENT_ROW: u32 = <u32>offsetof<Event>('row');
export const EVENT_MEANING: u32 = <u32>offsetof<Event>('meaning');

export const OUTCOME_HPA: u32 = <u32>offsetof<Outcome>('hpa');
export const OUTCOME_GPA: u32 = <u32>offsetof<Outcome>('gpa');
export const OUTCOME_CODE: u32 = <u32>offsetof<Outcome>('code');
export const OUTCOME_RESULT: u32 = <u32>offsetof<Outcome>('result');
export const OUTCOME_GUEST_LEAF: u32 = <u32>offsetof<Outcome>('guestLeaf');
export const OUTCOME_HOST_LEAF: u32 = <u32>offsetof<Outcome>('hostLeaf');

export const MAPPING_GVA: u32 = <u32>offsetof<Mapping>('gva');
export const MAPPING_GPA: u32 = <u32>offsetof<Mapping>('gpa');
export const MAPPING_ENTRY: u32 = <u32>offsetof<Mapping>('entry');
export const MAPPING_RIGHTS: u32 = <u32>offsetof<Mapping>('rights');
export const MAPPING_LEVEL: u32 = <u32>offsetof<Mapping>('level');
