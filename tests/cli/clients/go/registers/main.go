// Command registers loads a cluster through the Go client until its standard input ends, then has porcupine decide whether what
// the clients saw is linearizable, key by key. It ends with status 0 and a line of counts, or 1 and what is wrong.
//
// Arguments: the members' addresses with commas between, and a seed.
package main

import (
	"context"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

const (
	workers     = 5
	registers   = 3
	callWithin  = 2 * time.Second
	checkWithin = 60 * time.Second
	// A register is given up for a new one after so many requests, or so many without an answer: each of the latter may be
	// put anywhere later, and the search grows with them.
	requestsMax = 400
	lostMax     = 10
)

// register is one key for a part of the run.
type register struct {
	key            string
	requests, lost atomic.Int64
}

// load is the whole run.
type load struct {
	begun   time.Time
	next    atomic.Int64
	mu      sync.Mutex
	current [registers]*register
	history []porcupine.Operation
}

func main() {
	endpoints := strings.Split(os.Args[1], ",")
	seed, err := strconv.ParseInt(os.Args[2], 10, 64)
	if err != nil {
		fail("no seed: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is the message
		stop()
	}()
	l := &load{begun: time.Now()}
	for i := range l.current {
		l.current[i] = l.fresh()
	}
	var all sync.WaitGroup
	for number := range workers {
		all.Add(1)
		go func() {
			defer all.Done()
			l.work(ctx, number, endpoints, rand.New(rand.NewSource(seed+int64(number))))
		}()
	}
	all.Wait()
	l.judge()
}

func (l *load) fresh() *register {
	return &register{key: fmt.Sprintf("porcupine/%d", l.next.Add(1))}
}

// pick draws a register, and replaces one that has been used enough.
func (l *load) pick(random *rand.Rand) *register {
	l.mu.Lock()
	defer l.mu.Unlock()
	place := random.Intn(registers)
	r := l.current[place]
	if r.requests.Add(1) > requestsMax || r.lost.Load() > lostMax {
		r = l.fresh()
		l.current[place] = r
	}
	return r
}

// work asks one thing after another. Each worker has a connection of its own, and begins at another member.
func (l *load) work(ctx context.Context, number int, endpoints []string, random *rand.Rand) {
	turned := append(append([]string{}, endpoints[number%len(endpoints):]...), endpoints[:number%len(endpoints)]...)
	c, err := clientv3.New(clientv3.Config{Endpoints: turned, DialTimeout: time.Second, Logger: zap.NewNop()})
	if err != nil {
		fail("no client: %v", err)
	}
	defer c.Close()
	known := map[string]string{}
	for turn := 0; ctx.Err() == nil; turn++ {
		r := l.pick(random)
		in := input{key: r.key, kind: kinds[random.Intn(len(kinds))], value: fmt.Sprintf("g%d.%d", number, turn)}
		in.old = known[r.key]
		call := time.Since(l.begun)
		// A request that was sent is waited for: what becomes of it belongs to the history.
		bounded, cancel := context.WithTimeout(context.Background(), callWithin)
		out, err := ask(bounded, c, in)
		cancel()
		back := time.Since(l.begun)
		if err != nil {
			if in.kind != get {
				r.lost.Add(1)
				l.put(number, in, output{isLost: true}, call, 1<<62)
			}
			time.Sleep(20 * time.Millisecond)
			continue
		}
		l.put(number, in, out, call, back)
		switch {
		case in.kind == get:
			known[r.key] = out.value
		case out.swapped:
			known[r.key] = in.after()
		}
		time.Sleep(time.Duration(random.Intn(8)) * time.Millisecond)
	}
}

func (l *load) put(client int, in input, out output, call, back time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.history = append(l.history, porcupine.Operation{ClientId: client, Input: in, Output: out, Call: int64(call), Return: int64(back)})
}

func (l *load) judge() {
	answered, swaps := 0, 0
	for _, operation := range l.history {
		if out := operation.Output.(output); !out.isLost {
			answered++
			if operation.Input.(input).kind == swap && out.swapped {
				swaps++
			}
		}
	}
	verdict, information := porcupine.CheckOperationsVerbose(model, l.history, checkWithin)
	if verdict != porcupine.Ok {
		if path := os.Getenv("PORCUPINE_PICTURE"); path != "" {
			if err := porcupine.VisualizePath(model, information, path); err != nil {
				fmt.Fprintln(os.Stderr, "no picture:", err)
			}
		}
		fail("%s after %d operations", verdict, len(l.history))
	}
	fmt.Printf("linearizable: %d answered, %d swaps, %d lost, %d registers\n", answered, swaps, len(l.history)-answered, l.next.Load())
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
