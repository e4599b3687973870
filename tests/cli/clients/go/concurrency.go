package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

// mutex has four sessions take one lock in turn; never do two hold it.
func mutex(ctx context.Context, c *clientv3.Client) {
	var holders, turns atomic.Int32
	var wait sync.WaitGroup
	for range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			session := got(concurrency.NewSession(c, concurrency.WithTTL(10)))
			defer session.Close()
			lock := concurrency.NewMutex(session, "lock/")
			for range 5 {
				must(lock.Lock(ctx))
				equal("holders", holders.Add(1), 1)
				owner := got(c.Txn(ctx).If(lock.IsOwner()).Commit())
				equal("owner", owner.Succeeded, true)
				turns.Add(1)
				holders.Add(-1)
				must(lock.Unlock(ctx))
			}
		}()
	}
	wait.Wait()
	equal("turns", turns.Load(), 20)

	one, two := got(concurrency.NewSession(c)), got(concurrency.NewSession(c))
	defer one.Close()
	defer two.Close()
	held, tried := concurrency.NewMutex(one, "lock/"), concurrency.NewMutex(two, "lock/")
	must(held.Lock(ctx))
	refused("a taken lock", tried.TryLock(ctx), concurrency.ErrLocked)
	must(one.Close()) // the lock goes with its session
	must(tried.Lock(ctx))
}

// election has one candidate follow another, seen by an observer.
func election(ctx context.Context, c *clientv3.Client) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	one, two := got(concurrency.NewSession(c)), got(concurrency.NewSession(c))
	defer one.Close()
	defer two.Close()
	first, second := concurrency.NewElection(one, "election"), concurrency.NewElection(two, "election")
	_, err := first.Leader(ctx)
	refused("no leader yet", err, concurrency.ErrElectionNoLeader)
	must(first.Campaign(ctx, "first"))
	seen := second.Observe(ctx)
	equal("leader", string((<-seen).Kvs[0].Value), "first")
	must(first.Proclaim(ctx, "still first"))
	equal("proclaimed", string((<-seen).Kvs[0].Value), "still first")
	won := make(chan error)
	go func() { won <- second.Campaign(ctx, "second") }()
	must(first.Resign(ctx))
	must(<-won)
	equal("next leader", string((<-seen).Kvs[0].Value), "second")
	if err := first.Proclaim(ctx, "no more"); !errors.Is(err, concurrency.ErrElectionNotLeader) {
		fail("proclaiming after resigning: %v", err)
	}
}

// stm moves money between accounts; the sum stays.
func stm(ctx context.Context, c *clientv3.Client) {
	const accounts, each = 4, 100
	for i := range accounts {
		got(c.Put(ctx, fmt.Sprintf("stm/%d", i), strconv.Itoa(each)))
	}
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for turn := range 15 {
				from, to := fmt.Sprintf("stm/%d", worker), fmt.Sprintf("stm/%d", (worker+1+turn%3)%accounts)
				move := func(s concurrency.STM) error {
					a, b := got(strconv.Atoi(s.Get(from))), got(strconv.Atoi(s.Get(to)))
					s.Put(from, strconv.Itoa(a-1))
					s.Put(to, strconv.Itoa(b+1))
					return nil
				}
				got(concurrency.NewSTM(c, move, concurrency.WithAbortContext(ctx), concurrency.WithIsolation(concurrency.SerializableSnapshot)))
			}
		}()
	}
	wait.Wait()
	sum := 0
	for _, account := range got(c.Get(ctx, "stm/", clientv3.WithPrefix())).Kvs {
		sum += got(strconv.Atoi(string(account.Value)))
	}
	equal("sum", sum, accounts*each)
}
