using Microsoft.ML.Trainers.FastTree;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Pipelines.Export;

/// <summary>Tree ensembles as one TreeEnsembleRegressor with one target a model. Specification: ONNX-ML operators, TreeEnsembleRegressor-1.</summary>
internal static class Trees
{
    /// <summary>Adds the ensembles.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="features">Features, <c>[batch, length]</c>.</param>
    /// <param name="models">One ensemble a target.</param>
    /// <returns>Sums of leaves, <c>[batch, models]</c>.</returns>
    public static string Apply(GraphBuilder graph, string features, IReadOnlyList<TreeEnsembleModelParameters> models)
    {
        Nodes nodes = new();
        float[] biases = new float[models.Count];
        for (int target = 0; target < models.Count; target++)
        {
            (double bias, IReadOnlyList<double> weights, IReadOnlyList<RegressionTreeBase> trees) = Ensemble(models[target]);
            biases[target] = (float)bias;
            for (int i = 0; i < trees.Count; i++)
            {
                nodes.Add(trees[i], weights[i], target);
            }
        }

        nodes.AddRootIfEmpty();
        return graph.Node(
            Opset.MachineLearning,
            "TreeEnsembleRegressor",
            [features],
            1,
            ("n_targets", (long)models.Count),
            ("aggregate_function", "SUM"),
            ("post_transform", "NONE"),
            ("base_values", biases),
            ("nodes_treeids", nodes.TreeIds),
            ("nodes_nodeids", nodes.NodeIds),
            ("nodes_featureids", nodes.FeatureIds),
            ("nodes_modes", nodes.Modes),
            ("nodes_values", nodes.Values),
            ("nodes_truenodeids", nodes.TrueIds),
            ("nodes_falsenodeids", nodes.FalseIds),
            ("target_treeids", nodes.LeafTreeIds),
            ("target_nodeids", nodes.LeafNodeIds),
            ("target_ids", nodes.LeafTargets),
            ("target_weights", nodes.LeafWeights))[0];
    }

    private static (double Bias, IReadOnlyList<double> Weights, IReadOnlyList<RegressionTreeBase> Trees) Ensemble(TreeEnsembleModelParameters model) => model switch
    {
        TreeEnsembleModelParametersBasedOnRegressionTree { TrainedTreeEnsemble: var boosted } => (boosted.Bias, boosted.TreeWeights, boosted.Trees),
        TreeEnsembleModelParametersBasedOnQuantileRegressionTree { TrainedTreeEnsemble: var forest } => (forest.Bias, forest.TreeWeights, forest.Trees),
        _ => throw new NotSupportedException($"A {model.GetType().Name} has no list of trees."),
    };

    /// <summary>The operator's attributes: parallel lists, one entry a node or a leaf.</summary>
    private sealed class Nodes
    {
        private int _tree;

        public List<long> TreeIds { get; } = [];

        public List<long> NodeIds { get; } = [];

        public List<long> FeatureIds { get; } = [];

        public List<string> Modes { get; } = [];

        public List<float> Values { get; } = [];

        public List<long> TrueIds { get; } = [];

        public List<long> FalseIds { get; } = [];

        public List<long> LeafTreeIds { get; } = [];

        public List<long> LeafNodeIds { get; } = [];

        public List<long> LeafTargets { get; } = [];

        public List<float> LeafWeights { get; } = [];

        public void Add(RegressionTreeBase tree, double weight, int target)
        {
            if (tree.CategoricalSplitFlags.Any(static flag => flag))
            {
                throw new NotSupportedException("Trees with categorical splits cannot be written as ONNX.");
            }

            // Inner nodes keep their numbers; leaf i, which ML.NET's children call ~i, comes behind them.
            for (int i = 0; i < tree.NumberOfNodes; i++)
            {
                Add(
                    i, tree.NumericalSplitFeatureIndexes[i], "BRANCH_LEQ", tree.NumericalSplitThresholds[i],
                    Id(tree, tree.LeftChild[i]), Id(tree, tree.RightChild[i]));
            }

            for (int i = 0; i < tree.NumberOfLeaves; i++)
            {
                AddLeaf(tree.NumberOfNodes + i, target, tree.LeafValues[i] * weight);
            }

            _tree++;
        }

        /// <summary>Trainers that find no split give no tree; the operator wants one.</summary>
        public void AddRootIfEmpty()
        {
            if (NodeIds.Count == 0)
            {
                AddLeaf(0, target: 0, weight: 0);
            }
        }

        private void AddLeaf(int id, int target, double weight)
        {
            Add(id, 0, "LEAF", 0, 0, 0);
            LeafTreeIds.Add(_tree);
            LeafNodeIds.Add(id);
            LeafTargets.Add(target);
            LeafWeights.Add((float)weight);
        }

        private static int Id(RegressionTreeBase tree, int child) => child >= 0 ? child : tree.NumberOfNodes + ~child;

        private void Add(int id, int feature, string mode, float value, int left, int right)
        {
            TreeIds.Add(_tree);
            NodeIds.Add(id);
            FeatureIds.Add(feature);
            Modes.Add(mode);
            Values.Add(value);
            TrueIds.Add(left);
            FalseIds.Add(right);
        }
    }
}
