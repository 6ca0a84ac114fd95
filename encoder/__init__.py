"""How the sentence encoder was made. Needs PyTorch; running the product does not."""
