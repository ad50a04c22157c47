using Google.Protobuf.Collections;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>The tensors that a model stores: initializers, those of subgraphs, and values of attributes, in model-local functions too.</summary>
internal static class GraphTensors
{
    /// <summary>All of them, in file order.</summary>
    public static IEnumerable<TensorProto> Of(ModelProto model) =>
        Of(model.Graph).Concat(model.Functions.SelectMany(static function => function.Node.SelectMany(Of)));

    /// <inheritdoc cref="Of(ModelProto)"/>
    public static IEnumerable<TensorProto> Of(GraphProto graph) =>
        graph.Initializer
            .Concat(graph.SparseInitializer.SelectMany(Of))
            .Concat(graph.Node.SelectMany(Of));

    /// <summary>The tensors among a node's attributes, those of its subgraphs included.</summary>
    public static IEnumerable<TensorProto> Of(NodeProto node) => Own(node).Concat(GraphWalk.Subgraphs(node).SelectMany(Of));

    /// <summary>The tensors among a node's attributes, without those of its subgraphs.</summary>
    public static IEnumerable<TensorProto> Own(NodeProto node)
    {
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (attribute.T is not null)
            {
                yield return attribute.T;
            }

            foreach (TensorProto tensor in attribute.Tensors)
            {
                yield return tensor;
            }

            if (attribute.SparseTensor is not null)
            {
                foreach (TensorProto tensor in Of(attribute.SparseTensor))
                {
                    yield return tensor;
                }
            }

            foreach (TensorProto tensor in attribute.SparseTensors.SelectMany(Of))
            {
                yield return tensor;
            }
        }
    }

    /// <summary>The two parts of a sparse tensor.</summary>
    public static IEnumerable<TensorProto> Of(SparseTensorProto sparse)
    {
        if (sparse.Values is not null)
        {
            yield return sparse.Values;
        }

        if (sparse.Indices is not null)
        {
            yield return sparse.Indices;
        }
    }

    /// <summary>The same model with some tensors replaced; what holds no such tensor is shared with the original.</summary>
    /// <param name="model">The model.</param>
    /// <param name="concerns">Which tensors are replaced.</param>
    /// <param name="replacement">What takes the place of such a tensor.</param>
    public static ModelProto Replace(ModelProto model, Predicate<TensorProto> concerns, Func<TensorProto, TensorProto> replacement)
    {
        Replacing replacing = new(concerns, replacement);
        ModelProto copy = Shallow.Header(model);
        copy.Graph = Shallow.Copy(model.Graph);
        replacing.Tensors(copy.Graph.Initializer);
        for (int i = 0; i < copy.Graph.SparseInitializer.Count; i++)
        {
            if (Of(copy.Graph.SparseInitializer[i]).Any(tensor => concerns(tensor)))
            {
                copy.Graph.SparseInitializer[i] = copy.Graph.SparseInitializer[i].Clone();
                replacing.Sparse(copy.Graph.SparseInitializer[i]);
            }
        }

        for (int i = 0; i < copy.Graph.Node.Count; i++)
        {
            if (Of(copy.Graph.Node[i]).Any(tensor => concerns(tensor)))
            {
                copy.Graph.Node[i] = copy.Graph.Node[i].Clone();
                replacing.Node(copy.Graph.Node[i]);
            }
        }

        for (int i = 0; i < copy.Functions.Count; i++)
        {
            if (copy.Functions[i].Node.SelectMany(Of).Any(tensor => concerns(tensor)))
            {
                copy.Functions[i] = copy.Functions[i].Clone();
                foreach (NodeProto node in copy.Functions[i].Node)
                {
                    replacing.Node(node);
                }
            }
        }

        return copy;
    }

    /// <summary>Changes messages that are nobody else's.</summary>
    private sealed class Replacing(Predicate<TensorProto> concerns, Func<TensorProto, TensorProto> replacement)
    {
        public void Tensors(RepeatedField<TensorProto> tensors)
        {
            for (int i = 0; i < tensors.Count; i++)
            {
                tensors[i] = One(tensors[i]);
            }
        }

        public void Sparse(SparseTensorProto sparse)
        {
            sparse.Values = sparse.Values is null ? null : One(sparse.Values);
            sparse.Indices = sparse.Indices is null ? null : One(sparse.Indices);
        }

        public void Node(NodeProto node)
        {
            foreach (AttributeProto attribute in node.Attribute)
            {
                attribute.T = attribute.T is null ? null : One(attribute.T);
                Tensors(attribute.Tensors);
                foreach (SparseTensorProto sparse in attribute.SparseTensors)
                {
                    Sparse(sparse);
                }

                if (attribute.SparseTensor is not null)
                {
                    Sparse(attribute.SparseTensor);
                }
            }

            foreach (GraphProto subgraph in GraphWalk.Subgraphs(node))
            {
                Tensors(subgraph.Initializer);
                foreach (SparseTensorProto sparse in subgraph.SparseInitializer)
                {
                    Sparse(sparse);
                }

                foreach (NodeProto inner in subgraph.Node)
                {
                    Node(inner);
                }
            }
        }

        private TensorProto One(TensorProto tensor) => concerns(tensor) ? replacement(tensor) : tensor;
    }
}
