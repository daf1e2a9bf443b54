// Reads an interchange from standard input, strictly; prints each group with its sets' segments, or fails with what is wrong.
const { X12Parser } = require("node-x12");

const text = require("fs").readFileSync(0, "latin1");
const groups = new X12Parser(true).parse(text).functionalGroups.map((group) => ({
  kind: group.header.valueOf(1),
  sets: group.transactions.map((set) => set.segments.map((segment) => [segment.tag, ...segment.elements.map((each) => each.value)])),
}));
console.log(JSON.stringify(groups));
