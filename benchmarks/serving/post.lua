-- wrk posts a batch over and over:
--   wrk ... -s post.lua URL -- TEMPLATE fixed|varying [RATE even|chance]
-- Every @ of the template becomes a count: the same ones for ever, or new ones for each request.
-- RATE is the number of requests that each thread begins in a second, evenly spaced or at moments
-- that do not depend on each other; without it a request begins when the one before is answered.
-- The last line that it prints is a JSON object with what was measured.

local ffi = require("ffi")
ffi.cdef([[
  struct moment { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct moment *now);
]])

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

local moment = ffi.new("struct moment")

local function now_ms()
  ffi.C.clock_gettime(1, moment) -- CLOCK_MONOTONIC
  return tonumber(moment.seconds) * 1e3 + tonumber(moment.nanoseconds) / 1e6
end

-- Whichever connection is free takes the next place in the plan of its thread; where all are busy
-- the place is late, and its request goes out as soon as it can.
local function keep_pace(rate, pace)
  local gap_ms, planned = 1e3 / rate, now_ms()
  delay = function()
    planned = planned + (pace == "chance" and -gap_ms * math.log(1 - math.random()) or gap_ms)
    return math.max(0, planned - now_ms())
  end
end

function init(args)
  math.randomseed(seed)
  local file = assert(io.open(args[1]))
  template = file:read("*a")
  file:close()
  varying = args[2] == "varying"
  fixed = post()
  if args[3] then keep_pace(tonumber(args[3]), args[4]) end
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
