package simulate

import (
	"container/heap"
	"time"
)

// happening is something that is going to happen. Of two at one time the one that
// was planned first comes first.
type happening struct {
	at     time.Time
	number int
	do     func()
}

// agenda is what is going to happen.
type agenda struct {
	list  eventHeap
	count int
}

func (a *agenda) add(at time.Time, do func()) {
	a.count++
	heap.Push(&a.list, happening{at, a.count, do})
}

func (a *agenda) next() (happening, bool) {
	if len(a.list) == 0 {
		return happening{}, false
	}
	return heap.Pop(&a.list).(happening), true
}

// eventHeap implements heap.Interface.
type eventHeap []happening

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].number < h[j].number
	}
	return h[i].at.Before(h[j].at)
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(e any)   { *h = append(*h, e.(happening)) }
func (h *eventHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	*h = (*h)[:last]
	return e
}
