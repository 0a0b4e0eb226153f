# address.jq - addresses out of a plan.

# The first address of a prefix: what a site of the lab answers pings on.
def first_host:
  split("/") as [$net, $length]
  | if contains(":") then (if $length == "128" then $net else $net + "1" end)
    elif $length == "32" then $net
    else ($net | split(".") | .[3] = (.[3] | tonumber + 1 | tostring) | join(".")) end;
