// The one JavaScript file: TypeScript's server loads plugins with `require`, and Node 20 cannot read TypeScript.
// tsx translates the plugin in memory, for this call only, so there is nothing to build and nothing to go stale.
'use strict';

module.exports = require('tsx/cjs/api').require('./plugin.ts', module.filename).plugin;
