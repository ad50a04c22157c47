using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Copies that share what they hold. Cloning a graph would copy the weights of its typed fields.</summary>
internal static class Shallow
{
    /// <summary>A model whose lists can be changed without touching the original; the elements are shared.</summary>
    public static ModelProto Copy(ModelProto model)
    {
        ModelProto copy = Header(model);
        copy.Graph = Copy(model.Graph);
        return copy;
    }

    /// <summary>A graph whose lists can be changed without touching the original; the elements are shared.</summary>
    public static GraphProto Copy(GraphProto graph)
    {
        GraphProto copy = Header(graph);
        copy.Node.AddRange(graph.Node);
        copy.Initializer.AddRange(graph.Initializer);
        copy.SparseInitializer.AddRange(graph.SparseInitializer);
        copy.Input.AddRange(graph.Input);
        copy.Output.AddRange(graph.Output);
        copy.ValueInfo.AddRange(graph.ValueInfo);
        copy.QuantizationAnnotation.AddRange(graph.QuantizationAnnotation);
        return copy;
    }

    /// <summary>All of a model but its graph.</summary>
    public static ModelProto Header(ModelProto model)
    {
        ModelProto copy = new();
        if (model.HasIrVersion)
        {
            copy.IrVersion = model.IrVersion;
        }

        if (model.HasProducerName)
        {
            copy.ProducerName = model.ProducerName;
        }

        if (model.HasProducerVersion)
        {
            copy.ProducerVersion = model.ProducerVersion;
        }

        if (model.HasDomain)
        {
            copy.Domain = model.Domain;
        }

        if (model.HasModelVersion)
        {
            copy.ModelVersion = model.ModelVersion;
        }

        if (model.HasDocString)
        {
            copy.DocString = model.DocString;
        }

        copy.OpsetImport.AddRange(model.OpsetImport);
        copy.MetadataProps.AddRange(model.MetadataProps);
        copy.Functions.AddRange(model.Functions);
        copy.AddUnknownFields(model);
        return copy;
    }

    /// <summary>What a graph says of itself: name, description, metadata; no nodes, values or tensors.</summary>
    public static GraphProto Header(GraphProto graph)
    {
        GraphProto copy = new();
        if (graph.HasName)
        {
            copy.Name = graph.Name;
        }

        if (graph.HasDocString)
        {
            copy.DocString = graph.DocString;
        }

        copy.MetadataProps.AddRange(graph.MetadataProps);
        copy.AddUnknownFields(graph);
        return copy;
    }
}
