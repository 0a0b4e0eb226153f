# internet.jq - a plan (grix plan --json) -> the batches of ip(8) and tc(8) that make its Internet.
#
#   site --wan... s1-- router of its region --r2 ... r1-- router of the next region
#
# A namespace a site, one a region; every site's underlay addresses are host routes. 2 to 5 ms
# from a site to its region, 40 ms from region to region, one way.
# Out: lines "FILE TAB COMMAND"; FILE is "all", or "ip:NAMESPACE", "tc:NAMESPACE", "router".

include "address";

def router: "internet-" + (.region // "earth");
def line($file; $command): "\($file)\t\($command)";
def in_ns($ns; $command): line("ip:" + $ns; $command);
def delay($ns; $device; $ms): line("tc:" + $ns; "qdisc add dev \($device) root netem limit 20000 delay \($ms)ms");
def host: if contains(":") then . + "/128" else . + "/32" end;

def site_lines:
  .site as $site | router as $router | "s\(.id)" as $port | (2 + .id % 4) as $ms
  | line("all"; "link add name wan netns \($site) type veth peer name \($port) netns \($router)"),
    in_ns($site; "link set lo up"), in_ns($site; "link set wan up"),
    in_ns($router; "link set \($port) up"),
    in_ns($router; "address add 169.254.0.1/32 dev \($port)"),
    in_ns($router; "address add fe80::1/64 dev \($port) nodad"),
    (.underlay4, .underlay6 | select(.) |
      in_ns($site; "address add \(host) dev wan" + if contains(":") then " nodad" else "" end),
      in_ns($router; "route add \(host) dev \($port)")),
    (select(.underlay4) | in_ns($site; "route add default via 169.254.0.1 dev wan onlink")),
    (select(.underlay6) | in_ns($site; "route add ::/0 via fe80::1 dev wan")),
    in_ns($site; "link add name announced type dummy"), in_ns($site; "link set announced up"),
    (.announce[] | first_host | host |
      in_ns($site; "address add \(.) dev announced" + if contains(":") then " nodad" else "" end)),
    delay($site; "wan"; $ms), delay($router; $port; $ms);

def trunk_lines($regions; $sites):
  range($regions | length) as $i | range($i + 1; $regions | length) as $j
  | $regions[$i] as $a | $regions[$j] as $b
  | line("all"; "link add name r\($j) netns \($a) type veth peer name r\($i) netns \($b)"),
    ([$a, $b, $j], [$b, $a, $i] | . as [$here, $there, $n]
      | in_ns($here; "link set r\($n) up"),
        in_ns($here; "address add fe80::\(if $n == $i then 2 else 1 end)/64 dev r\($n) nodad"),
        delay($here; "r\($n)"; 40),
        ($sites[] | select(router == $there) | .underlay4, .underlay6 | select(.)
          | in_ns($here; "route add \(host) via \(if contains(":") then "" else "inet6 " end)" +
              "fe80::\(if $n == $i then 1 else 2 end) dev r\($n)")));

.sites as $sites | ($sites | map(router) | unique) as $regions
| ($regions[] | line("all"; "netns add \(.)"), line("router"; .), in_ns(.; "link set lo up")),
  ($sites[] | line("all"; "netns add \(.site)")),
  ($sites[] | site_lines),
  trunk_lines($regions; $sites)
