package hq

import (
	"context"
	"errors"
	"hash/fnv"
	"maps"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// The tills of a store hear the same. What is new is therefore read, encoded and packed
// once for them, and they are told of it at one instant; where many tills wait, one
// store after the other, so that telling them leaves time to take in what they send.

// perListener is what telling one till that waits may take, on average: it bounds
// how many are told in a second. Half a millisecond of it is work.
const perListener = 5 * time.Millisecond

// fewListeners are told at once.
const fewListeners = 50

// rest waits for the instant at which the tills of a store are told of something
// new.
func (h *Headquarters) rest(ctx context.Context, store ledger.StoreID) {
	listeners := len(h.waiters)
	if listeners <= fewListeners {
		return
	}
	period := int64(listeners) * int64(perListener)
	turn := fnv.New64a()
	turn.Write([]byte(store))
	wait := period - (time.Now().UnixNano()+int64(turn.Sum64()>>1)%period)%period
	timer := time.NewTimer(time.Duration(wait))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done(): // whoever asked will look
	}
}

// pagesAtOnce is for how many tills at once a page is looked up: half of those who
// may read the database, so that batches and the worker have the other half.
func (o Options) pagesAtOnce() int {
	if o.Database != "" {
		return postgres.PoolSize / 2
	}
	return sqlitedb.DefaultReadPool / 2
}

// shelfLife is how much older than its answer a page's date may be.
const shelfLife = time.Second

// shelf keeps the pages that were read last, for the other tills of the store that
// ask for the same, until there is news.
type shelf struct {
	mu    sync.Mutex
	pages map[pageKey]*shelved
}

// pageKey is which page is asked for. After news it is another.
type pageKey struct {
	store  ledger.StoreID
	after  ledger.Cursor
	others apart
	rows   int  // at most
	last   bool // with the last position there is
	untold bool // without the time
	news   uint64
}

// shelved is a page that was made, or that one of those who ask for it makes.
type shelved struct {
	asked ledger.Millis
	once  sync.Once
	page  page
	err   error
}

// errNotRead is for whoever waited for a page that another came to no end with: a panic.
var errNotRead = errors.New("the page was not read: ask again")

// get returns a page, made by whoever asks first. One that cannot be made is tried
// again by the next.
func (s *shelf) get(key pageKey, now ledger.Millis, make func() (page, error)) (page, error) {
	p := s.place(key, now)
	p.once.Do(func() {
		if p.page, p.err = make(); p.err != nil {
			s.mu.Lock()
			delete(s.pages, key)
			s.mu.Unlock()
		}
	})
	return p.page, p.err
}

// place finds a page's place, and throws away what is too old by headquarters'
// clock: a till goes by the date of its page.
func (s *shelf) place(key pageKey, now ledger.Millis) *shelved {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.pages, func(_ pageKey, p *shelved) bool { return now > p.asked.Add(shelfLife) || now < p.asked })
	p := s.pages[key]
	if p == nil {
		p = &shelved{asked: now, err: errNotRead}
		s.pages[key] = p
	}
	return p
}
