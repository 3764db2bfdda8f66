module homelab.invalid/envoy-gateway

go 1.26.6

require github.com/envoyproxy/gateway v1.9.0
