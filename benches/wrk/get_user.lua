-- POST /get_user for a user picked at random from the whole table; the body's length never changes, so the heads are fixed. With
-- BENCH_TOKENS, a file with a token a line, each request has the next one.
local users = tonumber(os.getenv("BENCH_USERS"))
local body = '{"identifier":"user%07d@example.com"}'
local heads, turn = {}, 0

local function add(token)
  heads[#heads + 1] = "POST /get_user HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer "
    .. token .. "\r\nContent-Length: " .. #string.format(body, 1) .. "\r\n\r\n"
end

function init()
  math.randomseed(os.time())
  local file = os.getenv("BENCH_TOKENS")
  if file and file ~= "" then
    for token in io.lines(file) do add(token) end
  else
    add(os.getenv("BENCH_TOKEN"))
  end
end

function request()
  turn = turn % #heads + 1
  return heads[turn] .. string.format(body, math.random(users))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"bad":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
