/** Secret: commands in the form that command.ts reads. */
export const SECRET = `
secret-define | make or change a secret from a file | file! validate
secret-dumpxml | XML description of a secret | secret! xpath=^ wrap
secret-event | list kinds of secret events, or wait for them | secret= event= loop timeout# list timestamp
secret-get-value | show what a secret holds | secret! plain
secret-list | show secrets | ephemeral no-ephemeral private no-private
secret-set-value | set what a secret holds | secret! file=^ plain interactive base64=
secret-undefine | forget a secret | secret!
`;
