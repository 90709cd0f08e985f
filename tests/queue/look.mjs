// What any of BullMQ's own tools does with our queue: look at it, and retry one failed job.
import { Queue, withBackend, createPostgresBackend } from "bullmq";

const [where, name, address] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
const queue =
  where === "PostgreSQL"
    ? new (withBackend(createPostgresBackend).Queue)(name, { connection: address })
    : new Queue(name, { connection: new (await import("ioredis")).Redis(address) });
const failed = await queue.getFailed();
const waiting = await queue.getPrioritized();
const told = {
  counts: await queue.getJobCounts("prioritized", "active", "failed"),
  waiting: waiting.map((job) => [job.name, job.data]),
  failed: failed.map((job) => [job.name, job.data, job.failedReason]),
};
if (process.argv[5] === "retry") for (const job of failed) await job.retry("failed");
console.log(JSON.stringify(told));
await queue.close();
process.exit(0);
