namespace MLTransfer.FineTuning.Import.Graphs;

/// <summary>Orders nodes so that each runs after those that it reads from, and drops those that no output needs.</summary>
internal static class NodeOrder
{
    /// <summary>Sorts the nodes that the outputs depend on.</summary>
    /// <param name="nodes">Nodes in the order of the file.</param>
    /// <param name="available">Values that are there before the first node runs.</param>
    /// <param name="outputs">Values that must be there after the last.</param>
    /// <exception cref="ImportException">A value has two sources or none, or nodes wait for one another.</exception>
    public static List<GraphNode> Sort(List<GraphNode> nodes, HashSet<string> available, IEnumerable<string> outputs)
    {
        Dictionary<string, int> writers = [];
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string output in nodes[i].Outputs)
            {
                if (output.Length == 0)
                {
                    continue;
                }

                if (available.Contains(output) || !writers.TryAdd(output, i))
                {
                    string other = writers.TryGetValue(output, out int first) ? nodes[first].Description : "an input or initializer";
                    throw new ImportException($"{nodes[i].Description} writes '{output}', which {other} writes too. The file is damaged or its exporter is at fault.");
                }
            }
        }

        // States: 0 not seen, 1 its inputs are being sorted, 2 sorted. A stack of our own, because a chain can be as long as the file.
        byte[] states = new byte[nodes.Count];
        List<GraphNode> sorted = new(nodes.Count);
        Stack<(int Node, int Input)> stack = new();
        foreach (string output in outputs)
        {
            if (available.Contains(output))
            {
                continue;
            }

            if (!writers.TryGetValue(output, out int writer))
            {
                throw new ImportException($"No node writes the output '{output}'. Name a value of the graph, or export the model again.");
            }

            if (states[writer] == 0)
            {
                states[writer] = 1;
                stack.Push((writer, 0));
            }

            while (stack.TryPop(out (int Node, int Input) top))
            {
                GraphNode node = nodes[top.Node];
                if (top.Input == node.Inputs.Count)
                {
                    states[top.Node] = 2;
                    sorted.Add(node);
                    continue;
                }

                stack.Push((top.Node, top.Input + 1));
                string input = node.Inputs[top.Input];
                if (input.Length == 0 || available.Contains(input))
                {
                    continue;
                }

                if (!writers.TryGetValue(input, out int source))
                {
                    throw new ImportException($"{node.Description} reads '{input}', which no node, input or initializer provides. The file is damaged or its exporter is at fault.");
                }

                switch (states[source])
                {
                    case 0:
                        states[source] = 1;
                        stack.Push((source, 0));
                        break;
                    case 1:
                        throw new ImportException($"{node.Description} waits for itself: its input '{input}' depends on its own output. The file is damaged or its exporter is at fault.");
                }
            }
        }

        return Restore(nodes, sorted, states);
    }

    /// <summary>Keeps the order of the file where that was a valid one, so that errors and dumps read as the file does.</summary>
    private static List<GraphNode> Restore(List<GraphNode> nodes, List<GraphNode> sorted, byte[] states)
    {
        List<GraphNode> needed = [.. nodes.Where((_, i) => states[i] == 2)];
        HashSet<string> later = [.. needed.SelectMany(node => node.Outputs)];
        foreach (GraphNode node in needed)
        {
            if (node.Inputs.Any(input => input.Length > 0 && later.Contains(input)))
            {
                return sorted;
            }

            later.ExceptWith(node.Outputs);
        }

        return needed;
    }
}
