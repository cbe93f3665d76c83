/** Kills of run, commit, rm and cp, as in `npm test`, but more of them. MINI_DOCKER_STRESS_KILLS says how many of each. */

process.env.MINI_DOCKER_STRESS_KILLS ??= '50'
await import('../chapters/ch4-killed-containers.test.js')
