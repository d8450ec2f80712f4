"""From fitted factors and a batch to an answer: draw, sum, cut, compare, explain."""
