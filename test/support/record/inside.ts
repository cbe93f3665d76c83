/** What runs as the machine's own program: performs the order and writes the files. */

import type { Order } from './machine.js'

const order = JSON.parse(process.env.MINI_DOCKER_RECORD!) as Order
delete process.env.MINI_DOCKER_RECORD
delete process.env.CGROUPS
if (order.what.includes('plans'))
  await (await import('./plans.js')).recordPlans(order.into, order.what.includes('times'))
if (order.what.includes('namespaces')) {
  await (await import('./namespaces.js')).recordNamespaces(order.into, order.sample)
}
if (order.what.includes('casts')) await (await import('./casts.js')).recordCasts(order.into)
if (order.what.includes('cgroups'))
  await (await import('./cgroups.js')).recordCgroups(order.into, order.sample !== undefined)
if (order.what.includes('registry')) await (await import('./registry.js')).recordRegistry(order.into)
