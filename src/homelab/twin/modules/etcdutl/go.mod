module homelab.invalid/etcdutl

go 1.24

require go.etcd.io/etcd/etcdutl/v3 v3.6.6
