export { type Credentials, type SignOptions, signRequest } from './sign-request.ts'
