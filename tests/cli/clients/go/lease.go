package main

import (
	"context"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// leases has one lease kept alive past its time, then left alone: all of its keys go in one revision.
func leases(ctx context.Context, c *clientv3.Client) {
	grant := got(c.Grant(ctx, 2))
	equal("granted", grant.TTL, 2)
	for i := range 3 {
		got(c.Put(ctx, fmt.Sprintf("lease/%d", i), "", clientv3.WithLease(grant.ID)))
	}
	keeping, stop := context.WithCancel(ctx)
	alive := got(c.KeepAlive(keeping, grant.ID))
	for renewed := time.Now(); time.Since(renewed) < 3500*time.Millisecond; {
		answer, open := <-alive
		if !open || answer.TTL != 2 {
			fail("keep-alive: %v", answer)
		}
	}
	left := got(c.TimeToLive(ctx, grant.ID, clientv3.WithAttachedKeys()))
	equal("attached", len(left.Keys), 3)
	equal("granted time", left.GrantedTTL, 2)
	held := got(c.Get(ctx, "lease/", clientv3.WithPrefix()))
	equal("kept keys", len(held.Kvs), 3)

	gone := c.Watch(ctx, "lease/", clientv3.WithPrefix(), clientv3.WithRev(held.Header.Revision+1))
	stop()
	started := time.Now()
	var revision int64
	for seen := 0; seen < 3; {
		response := <-gone
		must(response.Err())
		for _, event := range response.Events {
			equal("kind", event.Type, clientv3.EventTypeDelete)
			if revision != 0 {
				equal("one revision", event.Kv.ModRevision, revision)
			}
			revision = event.Kv.ModRevision
			seen++
		}
	}
	if lasted := time.Since(started); lasted > 10*time.Second {
		fail("a lease of 2 s ended after %v", lasted)
	}
	equal("an ended lease", got(c.TimeToLive(ctx, grant.ID)).TTL, -1)

	other := got(c.Grant(ctx, 600))
	got(c.Put(ctx, "lease/other", "", clientv3.WithLease(other.ID)))
	listed := false
	for _, lease := range got(c.Leases(ctx)).Leases {
		listed = listed || lease.ID == other.ID
	}
	equal("listed", listed, true)
	once := got(c.KeepAliveOnce(ctx, other.ID))
	equal("renewed", once.TTL, 600)
	got(c.Revoke(ctx, other.ID))
	equal("revoked key", got(c.Get(ctx, "lease/other")).Count, 0)
}
