package loyalty

import (
	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func (r *reader) rewards(n *yaml.Node, p *Program) []Reward {
	var rewards []Reward
	seen := map[string]bool{}
	for _, item := range r.items(n, "rewards") {
		values, ok := r.fields(item, rewardKeys)
		if !ok {
			continue
		}
		reward := Reward{ID: r.id(values["id"], "reward", seen)}
		reward.Unit, reward.Cost = r.cost(values["cost"], p)
		reward.Discount = r.benefit(values["benefit"])
		if v := values["repeat"]; v != nil {
			reward.Repeat = r.flag(v, "repeat")
		}
		rewards = append(rewards, reward)
	}
	return rewards
}

func (r *reader) cost(n *yaml.Node, p *Program) (ledger.Unit, ledger.Points) {
	pairs := r.pairs(n, "cost")
	if len(pairs) != 1 {
		if n.Kind == yaml.MappingNode {
			r.fail(n, "cost: one unit, as in {points: 500}")
		}
		return "", 1
	}
	u := r.unit(pairs[0].key, p)
	cost := ledger.Points(r.whole(pairs[0].value, "cost", 1))
	if u == nil {
		return "", 1
	}
	return u.name, cost
}

func (r *reader) benefit(n *yaml.Node) ledger.Minor {
	values, ok := r.fields(n, benefitKeys)
	if !ok {
		return 1
	}
	return ledger.Minor(r.whole(values["discount"], "discount", 1))
}
