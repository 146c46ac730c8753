/** Storage Pool: commands in the form that command.ts reads. */
export const POOL = `
find-storage-pool-sources-as | look for storage, from arguments | type! host= port= initiator=
find-storage-pool-sources | look for storage, as a file describes | type! srcSpec=
pool-autostart | start a pool with the host, or no longer | pool! disable
pool-build | prepare the storage of a pool | pool! no-overwrite overwrite
pool-create-as | start a transient pool from arguments | name! type! print-xml source-host= source-path= source-dev= source-name= target= source-format= auth-type= auth-username= secret-usage= secret-uuid= adapter-name= adapter-wwnn= adapter-wwpn= adapter-parent= adapter-parent-wwnn= adapter-parent-wwpn= adapter-parent-fabric-wwn= source-protocol-ver= source-initiator= build no-overwrite overwrite
pool-create | start a transient pool from a file | file! build no-overwrite overwrite
pool-define-as | define a pool from arguments | name! type! print-xml source-host= source-path= source-dev= source-name= target= source-format= auth-type= auth-username= secret-usage= secret-uuid= adapter-name= adapter-wwnn= adapter-wwpn= adapter-parent= adapter-parent-wwnn= adapter-parent-wwpn= adapter-parent-fabric-wwn= source-protocol-ver= source-initiator=
pool-define | make or change a persistent pool from a file | file! validate
pool-delete | delete the storage of a pool | pool!
pool-destroy | stop a pool | pool!
pool-dumpxml | XML description of a pool | pool! inactive xpath=^ wrap
pool-edit | change a pool's XML in an editor | pool!
pool-info | overview of a pool | pool! bytes
pool-list | show pools | inactive all transient persistent autostart no-autostart type= details uuid name
pool-name- | name of a pool | pool!
pool-refresh | look again at what a pool holds | pool!
pool-start | start a pool that is defined | pool! build no-overwrite overwrite
pool-undefine | forget a pool's configuration | pool!
pool-uuid- | UUID of a pool | pool!
pool-event | list kinds of pool events, or wait for them | pool= event= loop timeout# list timestamp
pool-capabilities | what pools on this host may be |
`;
