/** Domain Events: commands in the form that command.ts reads. */
export const EVENTS = `
event | list kinds of events, or wait for them | domain= event= all loop timeout# list timestamp
`;
