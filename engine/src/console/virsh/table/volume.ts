/** Storage Volume: commands in the form that command.ts reads. */
export const VOLUME = `
vol-clone | copy a volume within its pool | vol! newname! pool= prealloc-metadata reflink print-xml
vol-create-as | make a volume from arguments | pool! name! capacity! allocation= format= backing-vol= backing-vol-format= prealloc-metadata print-xml
vol-create | make a volume from a file | pool! file! prealloc-metadata validate
vol-create-from | make a volume with the data of another | pool! file! vol! inputpool= prealloc-metadata reflink validate
vol-delete | delete a volume | vol! pool= delete-snapshots
vol-download | copy a volume to a file | vol! file! pool= offset# length# sparse
vol-dumpxml | XML description of a volume | vol! pool= xpath=^ wrap
vol-info | overview of a volume | vol! pool= bytes physical
vol-key- | key of a volume | vol! pool=
vol-list | volumes of a pool | pool! details
vol-name- | name of a volume | vol!
vol-path- | path of a volume | vol! pool=
vol-pool- | pool of a volume | vol! uuid
vol-resize | give a volume another size | vol! capacity! pool= allocate delta shrink
vol-upload | copy a file into a volume | vol! file! pool= offset# length# sparse
vol-wipe | overwrite a volume | vol! pool= algorithm=
`;
