export { makeFolder } from "@sandboot/stager/make-folder";
