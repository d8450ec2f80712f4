-- wrk posts a batch over and over: wrk ... -s post.lua URL -- TEMPLATE fixed|varying
-- Every @ of the template becomes a count: the same ones for ever, or new ones for each request.
-- The last line that it prints is a JSON object with what was measured.

local template, varying, fixed
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("seed", threads)
end

local function post()
  local body = template:gsub("@", function() return tostring(math.random(1, 5000)) end)
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

function init(args)
  -- Threads connect one after the other: the first worker to wake up takes all connections that
  -- wait, and would keep them, and the other worker would have nothing to do.
  os.execute("sleep 0.3")
  math.randomseed(seed)
  local file = assert(io.open(args[1]))
  template = file:read("*a")
  file:close()
  varying = args[2] == "varying"
  fixed = post()
end

function request()
  return varying and post() or fixed
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "failed": %d}',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
