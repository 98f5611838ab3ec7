-- POST /mark_migrated for one user after the other, each once.
local next_id = tonumber(os.getenv("BENCH_FIRST"))
local head = "POST /mark_migrated HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer "
  .. os.getenv("BENCH_TOKEN") .. "\r\nContent-Length: "

function request()
  local body = string.format('{"user_id":"%d"}', next_id)
  next_id = next_id + 1
  return head .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"bad":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
