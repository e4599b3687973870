package main

import (
	"context"
	"fmt"

	"github.com/anishathalye/porcupine"
	clientv3 "go.etcd.io/etcd/client/v3"
)

type kind int

const (
	get kind = iota
	put
	swap
	remove
)

// How often each is asked, by how often it stands here.
var kinds = []kind{get, get, get, get, put, put, put, swap, swap, swap, swap, remove}

// input is what was asked. An absent key has the value "".
type input struct {
	key  string
	kind kind
	// For a swap: what must be there.
	old   string
	value string
}

// after is the value when the request has changed something.
func (in input) after() string {
	if in.kind == remove {
		return ""
	}
	return in.value
}

// output is what was answered, or that nothing was.
type output struct {
	isLost  bool
	value   string
	swapped bool
}

func ask(ctx context.Context, c *clientv3.Client, in input) (output, error) {
	switch in.kind {
	case get:
		answer, err := c.Get(ctx, in.key)
		if err != nil || len(answer.Kvs) == 0 {
			return output{}, err
		}
		return output{value: string(answer.Kvs[0].Value)}, nil
	case put:
		_, err := c.Put(ctx, in.key, in.value)
		return output{swapped: true}, err
	case remove:
		_, err := c.Delete(ctx, in.key)
		return output{swapped: true}, err
	default:
		guard := clientv3.Compare(clientv3.Value(in.key), "=", in.old)
		if in.old == "" {
			guard = clientv3.Compare(clientv3.CreateRevision(in.key), "=", 0)
		}
		answer, err := c.Txn(ctx).If(guard).Then(clientv3.OpPut(in.key, in.value)).Commit()
		if err != nil {
			return output{}, err
		}
		return output{swapped: answer.Succeeded}, nil
	}
}

// model is one register: its state is its value.
var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		places := map[string]int{}
		var parts [][]porcupine.Operation
		for _, operation := range history {
			key := operation.Input.(input).key
			place, ok := places[key]
			if !ok {
				place = len(parts)
				places[key] = place
				parts = append(parts, nil)
			}
			parts[place] = append(parts[place], operation)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, asked, answered any) (bool, any) {
		value, in, out := state.(string), asked.(input), answered.(output)
		switch in.kind {
		case get:
			return out.value == value, value
		case swap:
			matches := value == in.old
			if matches {
				value = in.value
			}
			return out.isLost || out.swapped == matches, value
		default:
			return true, in.after()
		}
	},
	DescribeOperation: func(asked, answered any) string {
		return fmt.Sprintf("%+v -> %+v", asked, answered)
	},
}
