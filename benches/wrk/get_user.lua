-- POST /get_user for a user picked at random from the whole table; the body's length never changes, so the head is fixed.
local users = tonumber(os.getenv("BENCH_USERS"))
local body = '{"identifier":"user%07d@example.com"}'
local head = "POST /get_user HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer "
  .. os.getenv("BENCH_TOKEN") .. "\r\nContent-Length: " .. #string.format(body, 1) .. "\r\n\r\n"

function init()
  math.randomseed(os.time())
end

function request()
  return head .. string.format(body, math.random(users))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"bad":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
